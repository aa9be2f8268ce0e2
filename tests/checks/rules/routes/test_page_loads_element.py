"""An element whose script nothing loads is found; whatever loads it, anywhere, is fine."""

from __future__ import annotations

import pytest

from chatkit_agent.checks.rules.routes.page_loads_element import page_loads_element
from tests.checks.rules.conftest import Findings

CDN = "https://cdn.platform.openai.com/deployments/chatkit/chatkit.js"
REACT = 'import { ChatKit, useChatKit } from "@openai/chatkit-react";\nuseChatKit({ api });\n'
PANEL = "/chat/static/chatkit-panel.js"


@pytest.mark.parametrize(
    "files",
    [
        {"web/index.html": "<openai-chatkit></openai-chatkit>"},
        {"web/index.html": f"<!-- <script src='{CDN}'></script> --><openai-chatkit />"},
        {"web/Chat.tsx": REACT, "web/index.html": "<script src='/src/main.tsx'></script>"},
        {"web/Chat.tsx": f"// {CDN}\n{REACT}"},
        {"web/chat.js": "document.createElement('openai-chatkit')"},
        {"web/chat.js": "const tag = 'openai-chatkit'; /* chatkit.js is loaded */"},
        {"app/templates/chat.html": "<chatkit-panel url='/chatkit'></chatkit-panel>"},
        {"web/Chat.vue": "<template><chatkit-panel ref='panel' /></template>"},
    ],
)
def test_found(findings: Findings, files: dict[str, str]) -> None:
    assert len(findings(page_loads_element, files)) == 1


@pytest.mark.parametrize(
    "files",
    [
        {"web/index.html": f"<script src='{CDN}' async></script><openai-chatkit />"},
        {"web/Chat.tsx": REACT, "web/index.html": f"<script src='{CDN}'></script>"},
        {"web/Chat.tsx": REACT, "web/app/layout.tsx": f'<Script src="{CDN}" />'},
        {"web/Chat.tsx": REACT, "web/load.ts": "document.createElement('script').src = where"},
        {"web/Chat.tsx": REACT, "web/app/layout.tsx": "<Script src={CHATKIT_SCRIPT} />"},
        {"web/Chat.tsx": REACT, "web/load.ts": "await import('/vendor/chatkit.js')"},
        {"web/chat.html": f"<script type='module' src='{PANEL}'></script><chatkit-panel />"},
        {"web/Chat.vue": f"<script setup>import('{PANEL}')</script><chatkit-panel />"},
        {"web/index.html": "<my-chat></my-chat>", "README.md": "<openai-chatkit>"},
        {"web/index.html": "<!-- <openai-chatkit></openai-chatkit> -->"},
        {"web/panel.js": 'customElements.define("chatkit-panel", Panel)'},
    ],
)
def test_quiet(findings: Findings, files: dict[str, str]) -> None:
    assert not findings(page_loads_element, files)
