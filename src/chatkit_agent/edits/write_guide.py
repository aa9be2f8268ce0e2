"""Write the guide to what was added: how to set it up, run it, test it and take it out."""

from __future__ import annotations

from pathlib import Path
from string import Template

from chatkit_agent.choices import Choices
from chatkit_agent.extras import extra_requirements
from chatkit_agent.project import Project
from chatkit_agent.requirements import install_line, requirements
from chatkit_agent.tree import Tree
from chatkit_agent.variables import Variable, variables

REFERENCE = Path(__file__).parent.parent / "reference"
TEMPLATE = REFERENCE / "CHATKIT.md"
EXTRAS = REFERENCE / "guides"
NAME = "CHATKIT.md"
SIGNED_IN = {
    "existing": "The application's own `{user}` decides who is calling, as on its other routes.",
    "jwt": "Whoever sends a valid JSON Web Token is the user that its `sub` names.",
    "none": "Nobody signs in: everybody is one user. It works from this machine only.",
}

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
    if tree.exists(NAME):
        return tree
    return tree.write(NAME, _rendered(project, choices).encode())


def _rendered(project: Project, choices: Choices) -> str:
    app = choices.app
    user = choices.user.name if choices.user else ""
    extras = [EXTRAS / f"{name}.md" for name in choices.extras]
    text = "".join(each.read_text(encoding="utf-8") for each in [TEMPLATE, *extras])
    return Template(text).substitute(
        home="" if choices.home == "." else f"{choices.home}/",
        home_package=choices.home_package,
        mounted_in=app.built_in,
        install=_install(project, choices),
        factory=" --factory" if app.kind == "factory" else "",
        app=app.ref,
        path=choices.path,
        prefix=choices.env_prefix,
        schema=choices.schema,
        token=TOKEN[choices.token],
        signed_in=SIGNED_IN[choices.auth].format(user=user),
        variables="\n".join(_row(each) for each in variables(choices)),
    )


def _install(project: Project, choices: Choices) -> str:
    if project.packaging.file is None:
        also = extra_requirements(choices.extras)
        needed = requirements(verifies_tokens=choices.auth != "existing", also=also)
        return f"Install what the chat needs: `{install_line(needed)}`"
    return f"Install what was added to `{project.packaging.file}`, the way you always do."


def _row(variable: Variable) -> str:
    needed = "yes" if variable.required else "no"
    example = f"`{variable.example}`" if variable.example else ""
    return f"| `{variable.name}` | {needed} | {variable.purpose} | {example} |"
