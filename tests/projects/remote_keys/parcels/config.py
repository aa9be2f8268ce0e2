from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    sso_url: str = "http://localhost:3001"


settings = Settings()
