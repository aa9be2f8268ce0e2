from fastapi import FastAPI

api = FastAPI(title="Internal", openapi_url=None)


@api.get("/metrics")
def metrics() -> dict[str, int]:
    return {"requests": 0}
