from fastapi import FastAPI

from garden import beds, front_end

app = FastAPI()
app.include_router(beds.router)
front_end.serve(app)
