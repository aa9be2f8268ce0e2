"""Write the guide to what was added: how to set it up, run it, test it and take it out."""

from __future__ import annotations

from pathlib import Path
from string import Template

from chatkit_agent.options.env_vars import Variable, variables
from chatkit_agent.options.features import extra_requirements
from chatkit_agent.options.options import Choices
from chatkit_agent.options.requirements import install_line, requirements
from chatkit_agent.project.facts import Tokens
from chatkit_agent.project.read import Project
from chatkit_agent.project.tree import Tree

REFERENCE = Path(__file__).parent.parent / "reference"
TEMPLATE = REFERENCE / "CHATKIT.md"
BESIDE = REFERENCE / "SIDECAR.md"
EXTRAS = REFERENCE / "guides"
NAME = "CHATKIT.md"
SIGNED_IN = {
    "existing": "The application's own `{user}` decides who is calling, as on its other routes.",
    "jwt": "Whoever sends a valid JSON Web Token is the user that its `sub` names.",
    "none": "Nobody signs in: everybody is one user. It works from this machine only.",
}
# What the application looks up itself, such as whether an account is blocked, is not in a token.
THEIR_TOKENS = """\
The tokens that the application gives out are believed here too, as `{header}`: verified with the
same secret or keys as in `{file}`, and with an expiry. The claim `{user}` names the user. What the
application looks up beyond that, such as a blocked account or a list of revoked tokens, is not seen
here: such a token works until it expires. A token for getting another one is refused."""
SIGN_IN_ROW = (
    "| `chat/sign_in.py` | whose tokens are believed, by the application's own variables |\n"
)
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


def write_guide(project: Project, choices: Choices, tree: Tree) -> Tree:
    path = f"{choices.service_folder}/{NAME}" if choices.is_sidecar else NAME
    if tree.exists(path):
        return tree
    return tree.write(path, _rendered(project, choices).encode())


def _rendered(project: Project, choices: Choices) -> str:
    app = choices.app
    template = BESIDE if choices.is_sidecar else TEMPLATE
    extras = [EXTRAS / f"{name}.md" for name in choices.extras]
    text = "".join(each.read_text(encoding="utf-8") for each in [template, *extras])
    return Template(text).substitute(
        home=_home(choices),
        folder=choices.service_folder,
        sign_in=SIGN_IN_ROW if choices.tokens else "",
        header=_header(choices.tokens),
        home_package=choices.home_package,
        mounted_in=app.built_in,
        install=_install(project, choices),
        factory=" --factory" if app.kind == "factory" else "",
        app=app.ref,
        path=choices.path,
        prefix=choices.env_prefix,
        schema=choices.schema,
        token=TOKEN[choices.token],
        signed_in=_signed_in(choices),
        variables="\n".join(_row(each) for each in variables(choices)),
    )


def _home(choices: Choices) -> str:
    folder = choices.home_package if choices.is_sidecar else choices.home
    return "" if folder == "." else f"{folder}/"


def _signed_in(choices: Choices) -> str:
    if choices.tokens is None:
        return SIGNED_IN[choices.auth].format(user=choices.user.name if choices.user else "")
    return THEIR_TOKENS.format(
        user=choices.tokens.user, file=choices.tokens.file, header=_header(choices.tokens)
    )


def _header(tokens: Tokens | None) -> str:
    if tokens is None:
        return "Authorization: Bearer ..."
    scheme = f"{tokens.scheme.default or 'Bearer'} " if tokens.scheme.default != "" else ""
    return f"{tokens.header}: {scheme}..."


def _install(project: Project, choices: Choices) -> str:
    if project.packaging.file is None:
        also = extra_requirements(choices.extras)
        needed = requirements(verifies_tokens=choices.verifies_tokens, also=also)
        return f"Install what the chat needs: `{install_line(needed)}`"
    return f"Install what was added to `{project.packaging.file}`, the way you always do."


def _row(variable: Variable) -> str:
    needed = "yes" if variable.required else "no"
    example = f"`{variable.example}`" if variable.example else ""
    return f"| `{variable.name}` | {needed} | {variable.purpose} | {example} |"
