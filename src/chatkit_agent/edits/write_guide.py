"""Write the guide to what was added: how to set it up, run it, test it and take it out."""

from __future__ import annotations

from pathlib import Path
from string import Template

from chatkit_agent.options.env_vars import Variable, variables
from chatkit_agent.options.features import tool_routes
from chatkit_agent.options.options import Options
from chatkit_agent.options.requirements import install_line, requirements
from chatkit_agent.options.runtime_package import also_required, documented
from chatkit_agent.project.facts import Credential
from chatkit_agent.project.read import Project
from chatkit_agent.project.tree import Tree

REFERENCE = Path(__file__).parent.parent / "reference"
TEMPLATE = REFERENCE / "CHATKIT.md"
BESIDE = REFERENCE / "SIDECAR.md"
GUIDES = REFERENCE / "guides"
RECIPES = REFERENCE / "recipes.md"
NAME = "CHATKIT.md"
SIGNED_IN = {
    "existing": "The application's own `{user}` decides who is calling, as on its other routes.",
    "jwt": "Whoever sends a valid JSON Web Token is the user that its `sub` names.",
    "none": "Nobody signs in: everybody is one user. It works from this machine only.",
}
# What the application looks up itself, such as whether an account is blocked, is not in a token.
THEIR_TOKENS = """\
The tokens that the application gives out are believed here too, as {header}: verified with the
same secret or keys as in `{file}`, and with an expiry. The claim `{user}` names the user. What the
application looks up beyond that, such as a blocked account or a list of revoked tokens, is not seen
here: such a token works until it expires. A token for getting another one is refused."""
SIGN_IN_ROW = (
    "| `chat/sign_in.py` | whose tokens are believed, by the application's own variables |\n"
)
TOOLS = {
    "mcp": "the assistant calls the tools of your MCP server as the signed-in user.",
    "routes": (
        "the assistant calls routes of this application as the signed-in user:\n"
        "those that `routes` in `{home}services/chatkit_server.py` names."
    ),
    "none": "the assistant has no tools, until you give it some.",
}
TO_ROUTES = "the routes that the assistant calls, where the application reads it itself."
TO_SERVERS = "MCP servers of your own "
TOKEN = {
    "header": "in the `Authorization` header of each tool call, and nowhere else.",
    "argument": (
        "in the parameters that a tool has for it, such as `access_token`, in each call. The model "
        "sees neither these parameters nor the token."
    ),
    "auto": (
        "in each tool call: in the `Authorization` header, and in the parameters that a tool has "
        "for it, such as `access_token`. The model sees neither these parameters nor the token."
    ),
    "prompt": (
        "in each tool call, written there by the model: its instructions hold the token, so the "
        "model and its provider see it. Use this only for servers that cannot be served otherwise."
    ),
}


def write_guide(project: Project, options: Options, tree: Tree) -> Tree:
    path = f"{options.service_folder}/{NAME}" if options.is_sidecar else NAME
    if tree.exists(path):
        return tree
    return tree.write(path, _guide(project, options).encode())


def _guide(project: Project, options: Options) -> str:
    app = options.app
    template = BESIDE if options.is_sidecar else TEMPLATE
    page = [] if options.page == "none" else ["page"]
    extras = [GUIDES / f"{name}.md" for name in (*page, *options.features)]
    text = "".join(each.read_text(encoding="utf-8") for each in [template, RECIPES, *extras])
    filled = Template(text).substitute(
        home=_home(options),
        folder=options.service_folder,
        sign_in=SIGN_IN_ROW if options.tokens and options.is_sidecar else "",
        credential=_as_sent(options.credential),
        home_package=options.home_package,
        mounted_in=app.built_in,
        install=_install(project, options),
        factory=" --factory" if app.kind == "factory" else "",
        app=app.ref,
        path=options.path,
        page_path=options.page_path,
        prefix=options.env_prefix,
        schema=options.schema,
        tools=TOOLS[_tools(options)].format(home=_home(options)),
        token=_token(options),
        signed_in=_signed_in(options),
        variables="\n".join(_row(each) for each in variables(options)),
    )
    return documented(filled, _home(options)) if options.runtime == "package" else filled


def _home(options: Options) -> str:
    folder = options.home_package if options.is_sidecar else options.home
    return "" if folder == "." else f"{folder}/"


def _signed_in(options: Options) -> str:
    if options.tokens is None:
        return SIGNED_IN[options.auth].format(user=options.user.name if options.user else "")
    return THEIR_TOKENS.format(
        user=options.tokens.user, file=options.tokens.file, header=_as_sent(options.credential)
    )


def _tools(options: Options) -> str:
    return "routes" if tool_routes(options.tools) else options.tools


def _token(options: Options) -> str:
    to_servers = TO_SERVERS + TOKEN[options.token]
    if _tools(options) != "routes":
        return to_servers
    return f"{TO_ROUTES}\nShould you name MCP servers as well, it reaches {to_servers}"


def _as_sent(credential: Credential) -> str:
    name = credential.name
    header = f"`{name}: {f'{credential.scheme} ...'.lstrip()}`"
    session = f"the cookie `{name}`, which a browser has that signed in"
    forms = {"header": header, "query": f"`?{name}=...`", "session": session}
    return forms.get(credential.place, str(credential))


def _install(project: Project, options: Options) -> str:
    if project.packaging.file is None:
        also = also_required(options.features, options.runtime)
        needed = requirements(verifies_tokens=options.verifies_tokens, also=also)
        return f"Install what the chat needs: `{install_line(needed)}`"
    return f"Install what was added to `{project.packaging.file}`, the way you always do."


def _row(variable: Variable) -> str:
    needed = "yes" if variable.required else "no"
    example = f"`{variable.example}`" if variable.example else ""
    return f"| `{variable.name}` | {needed} | {variable.purpose} | {example} |"
