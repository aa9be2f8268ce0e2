from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

api = FastAPI(title="Inner")


@api.get("/", tags=["home"])
def home() -> dict[str, str]:
    return {"hello": "there"}


app = CORSMiddleware(
    api, allow_origins=["https://example.org"], allow_methods=["*"], allow_headers=["*"]
)
