"""The JSON that every front end gives out: one typed, versioned document for each operation."""

from __future__ import annotations

from chatkit_agent.output.documents.answer import AskDocument, CallPart, UsagePart
from chatkit_agent.output.documents.base import Document, ErrorDocument, Part
from chatkit_agent.output.documents.changes import (
    ConflictPart,
    InstallDocument,
    UndoDocument,
    UpdateDocument,
)
from chatkit_agent.output.documents.diagnosis import DiagnosedPart, DoctorDocument, FixesPart
from chatkit_agent.output.documents.guide import (
    CommandPart,
    ExcerptPart,
    GuideDocument,
    GuideFilePart,
    StepPart,
    TroublePart,
    UnderstoodPart,
    without_code,
)
from chatkit_agent.output.documents.plan import (
    AddDocument,
    BlockedPart,
    ChangePart,
    EditPart,
    OptionsPart,
    PlanDocument,
    VariablePart,
    proposed_edits,
    without_new_files,
)
from chatkit_agent.output.documents.project import (
    AppPart,
    AuthPart,
    ChatPart,
    EnvFilePart,
    InspectDocument,
    NamedPart,
    PackagingPart,
    PythonPart,
    SettingsPart,
    TokensPart,
    UserDependencyPart,
)
from chatkit_agent.output.documents.report import CheckPart, FindingPart, SpanPart, VerifyDocument
from chatkit_agent.output.documents.rules import RuleDocument, RulePart

__all__ = [
    "AddDocument",
    "AppPart",
    "AskDocument",
    "AuthPart",
    "BlockedPart",
    "CallPart",
    "ChangePart",
    "ChatPart",
    "CheckPart",
    "CommandPart",
    "ConflictPart",
    "DiagnosedPart",
    "DoctorDocument",
    "Document",
    "EditPart",
    "EnvFilePart",
    "ErrorDocument",
    "ExcerptPart",
    "FindingPart",
    "FixesPart",
    "GuideDocument",
    "GuideFilePart",
    "InspectDocument",
    "InstallDocument",
    "NamedPart",
    "OptionsPart",
    "PackagingPart",
    "Part",
    "PlanDocument",
    "PythonPart",
    "RuleDocument",
    "RulePart",
    "SettingsPart",
    "SpanPart",
    "StepPart",
    "TokensPart",
    "TroublePart",
    "UnderstoodPart",
    "UndoDocument",
    "UpdateDocument",
    "UsagePart",
    "UserDependencyPart",
    "VariablePart",
    "VerifyDocument",
    "proposed_edits",
    "without_code",
    "without_new_files",
]
