"""Asking: a task in words gets its answer, by a model where there is one, and by the operations."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatkit_agent.api import Looking, RequestedOptions, Running, diagnose, get_guide
from chatkit_agent.errors import ChatKitAgentError
from chatkit_agent.frontends.assistant.history import History
from chatkit_agent.frontends.assistant.instructions import instructions
from chatkit_agent.frontends.assistant.limits import Limits
from chatkit_agent.frontends.assistant.masking import Secrets
from chatkit_agent.frontends.assistant.project_files import ProjectFiles
from chatkit_agent.frontends.assistant.provider import Provider, make_client, make_model
from chatkit_agent.frontends.assistant.screen import Screen
from chatkit_agent.frontends.session import Plans, Session
from chatkit_agent.output import terminal
from chatkit_agent.output.documents import (
    AddDocument,
    AskDocument,
    CallPart,
    DoctorDocument,
    Document,
    GuideDocument,
    PlanDocument,
    UsagePart,
    VerifyDocument,
)

if TYPE_CHECKING:
    from chatkit_agent.frontends.assistant.conversation import Answered, Conversation


@dataclass
class Assistant:
    """Tasks about one project, one after the other. `provider` in words is why there is none."""

    root: Path
    provider: Provider | str
    running: Running
    limits: Limits
    yes: bool = False
    quiet: bool = False
    history: History | None = None
    _conversation: Conversation | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.session = Session([self.root], Plans(), self.running)
        speaker = None if isinstance(self.provider, str) else self.provider.model
        self.screen = Screen(self.session, yes=self.yes, quiet=self.quiet, speaker=speaker)
        self.secrets = Secrets.of(self.root)

    def answer(self, task: str) -> AskDocument:
        """The answer to a task; what is found on the way is shown as it comes.

        Raises:
            ChatKitAgentError: without a model, as the operations do.
        """
        if isinstance(self.provider, str):
            return _by_verbs(self.root, task, self.provider, self.running)
        guide, notes = self._guide(task)
        if guide is not None and guide.is_known and not self.quiet:
            terminal.show(terminal.how_understood(guide))
            terminal.show("")
        with self.screen.answering():
            answered = asyncio.run(self._ask_model(self.provider, task, guide))
        if self.history is not None and answered.text:
            self.history.add(self._messages(task, answered.text))
        document = _document(task, self.provider.model, guide, notes, answered, self.secrets)
        return self._or_by_verbs(document, task)

    def _or_by_verbs(self, document: AskDocument, task: str) -> AskDocument:
        """Where the provider failed, what is known without a model."""
        guide = document.guide
        if document.ended != "failed" or guide is None or guide.playbook != "debug":
            return document
        found = _diagnosis(guide, task, self.running)
        return document.model_copy(update={"diagnosis": document.diagnosis or found})

    def _guide(self, task: str) -> tuple[GuideDocument | None, tuple[str, ...]]:
        try:
            return get_guide(self.root, RequestedOptions(), task), ()
        except ChatKitAgentError as problem:
            return None, (str(problem),)

    async def _ask_model(
        self, provider: Provider, task: str, guide: GuideDocument | None
    ) -> Answered:
        conversation = self._conversation or self._new_conversation()
        understood, playbook = (guide.understood, guide.playbook) if guide else ((), "unknown")
        async with make_client(provider) as client:
            told = instructions(understood, playbook, guide)
            return await conversation.ask(make_model(provider, client), task, told)

    def _new_conversation(self) -> Conversation:
        # The SDK takes a second to import, and is not there without the extra packages.
        from chatkit_agent.frontends.assistant.conversation import Conversation
        from chatkit_agent.frontends.assistant.toolbox import Toolbox

        files = ProjectFiles(self.root)
        screen = self.screen
        toolbox = Toolbox(self.session, files, self.secrets, screen.note, screen.refused)
        said: list[Any] = list(self.history.messages()) if self.history else []
        self._conversation = Conversation(toolbox, self.screen, self.limits, said)
        return self._conversation

    def _messages(self, task: str, text: str) -> list[dict[str, str]]:
        return [
            {"role": "user", "content": self.secrets.masked(task)},
            {"role": "assistant", "content": self.secrets.masked(text)},
        ]


def _by_verbs(root: Path, task: str, why: str, running: Running) -> AskDocument:
    """The same task without a model: its playbook's guide, or what the doctor finds."""
    guide = get_guide(root, RequestedOptions(), task)
    found = _diagnosis(guide, task, running) if guide.playbook == "debug" else None
    return AskDocument(
        task=task,
        model=None,
        playbook=guide.playbook,
        understood=guide.understood,
        answer="",
        ended="done",
        problem=None,
        calls=(),
        denied=(),
        guide=guide,
        added=None,
        verification=None,
        diagnosis=found,
        usage=None,
        notes=(why,),
    )


def _diagnosis(guide: GuideDocument, task: str, running: Running) -> DoctorDocument:
    return diagnose(Path(guide.root), Looking(symptom=task), running.progress)


def _document(
    task: str,
    model: str,
    guide: GuideDocument | None,
    notes: Sequence[str],
    answered: Answered,
    secrets: Secrets,
) -> AskDocument:
    documents = [call.document for call in answered.calls if call.document is not None]
    added = _last(documents, AddDocument)
    planned = _last(documents, PlanDocument)
    if added is None and planned is not None:
        added = AddDocument.only_planned(planned)
    return AskDocument(
        task=secrets.masked(task),
        model=model,
        playbook=guide.playbook if guide else "unknown",
        understood=guide.understood if guide else (),
        answer=answered.text,
        ended=answered.ended,
        problem=answered.problem,
        calls=tuple(
            CallPart(
                name=each.name,
                arguments=secrets.masked(json.dumps(each.arguments)),
                refused=each.refusal,
            )
            for each in answered.calls
        ),
        denied=answered.denied,
        guide=guide,
        added=added,
        verification=_checks(documents),
        diagnosis=_last(documents, DoctorDocument),
        usage=UsagePart.model_validate(vars(answered.used)),
        notes=tuple(notes),
    )


def _checks(documents: Sequence[Document]) -> VerifyDocument | None:
    """The latest: those that came with what was applied, or that were made by themselves."""
    for each in reversed(documents):
        checks = each.verification if isinstance(each, AddDocument) else each
        if isinstance(checks, VerifyDocument):
            return checks
    return None


def _last(documents: Sequence[Any], kind: type[Any]) -> Any:
    return next((each for each in reversed(documents) if type(each) is kind), None)
