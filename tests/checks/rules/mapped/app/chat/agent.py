from agents import Agent, OpenAIChatCompletionsModel
from agents.mcp import MCPServerStreamableHttp, MCPServerStreamableHttpParams
from openai import AsyncOpenAI

from app.core.config import config

gemini = AsyncOpenAI(
    api_key="x", base_url="https://generativelanguage.googleapis.com/v1beta/openai/"
)


def build_mcp(token):
    return MCPServerStreamableHttp(
        name="tools",
        params=MCPServerStreamableHttpParams(
            url=config.mcp_url, headers={"Authorization": f"Bearer {token}"}, timeout=30
        ),
        cache_tools_list=True,
        max_retry_attempts=3,
    )


def build_agent(mcp, history, user_name):
    prompt = "\n".join(
        [
            "You are a helpful assistant.",
            "User: " + user_name,
            "Conversation so far:",
            history,
        ]
    )
    return Agent(
        name="Helper",
        instructions=prompt,
        mcp_servers=[mcp],
        model=OpenAIChatCompletionsModel(model="gemini-2.0-flash", openai_client=gemini),
    )
