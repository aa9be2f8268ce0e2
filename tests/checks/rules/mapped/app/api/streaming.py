from chatkit.server import StreamingResult
from fastapi.responses import Response, StreamingResponse


def to_response(result):
    if isinstance(result, StreamingResult):
        return StreamingResponse(result, media_type="text/event-stream")
    return Response(content=result.json, media_type="application/json")
