from service.base import Service

application = Service("parcels")


@application.get("/parcels", tags=["parcels"])
def parcels() -> list[str]:
    return []
