import logging
from datetime import datetime

from agents import Runner
from chatkit.agents import AgentContext, stream_agent_response
from chatkit.server import ChatKitServer
from chatkit.types import AssistantMessageContent, AssistantMessageItem, ThreadItemDoneEvent

from app.chat.agent import build_agent, build_mcp

log = logging.getLogger(__name__)


class HelperServer(ChatKitServer[dict]):
    async def respond(self, thread, input_user_message, context):
        async for event in self._run(thread, input_user_message, context):
            yield event

    async def _run(self, thread, message, context):
        thread.title = thread.title or "Chat"
        history = await self._history(thread, context)
        try:
            async with build_mcp(context["token"]) as mcp:
                agent = build_agent(mcp, history, context["metadata"]["user_name"])
                agent_context = AgentContext(
                    thread=thread, store=self.store, request_context=context
                )
                stream = Runner.run_streamed(agent, message.content[0].text, context=agent_context)
                async for event in stream_agent_response(agent_context, stream):
                    yield event
        except ConnectionError:
            yield self._text(thread, "I'm having trouble connecting to my tools.")

    async def _history(self, thread, context):
        items = await self.store.load_thread_items(thread.id, None, 50, "asc", context)
        return "\n".join(str(item) for item in items.data)

    def _text(self, thread, text):
        item = AssistantMessageItem(
            id="msg",
            thread_id=thread.id,
            created_at=datetime.now(),
            content=[AssistantMessageContent(text=text)],
        )
        return ThreadItemDoneEvent(item=item)
