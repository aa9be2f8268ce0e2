import fastapi

from . import api

application = fastapi.FastAPI(title="Parcels")
application.include_router(api.router)
