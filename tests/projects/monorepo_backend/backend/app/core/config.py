from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        # One level above ./backend/
        env_file="../.env",
        env_ignore_empty=True,
    )

    PROJECT_NAME: str = "Garden"
    SECRET_KEY: str = "change-me"


settings = Settings()
