"""`[retention]`: how much is kept, in all and where it is said otherwise."""

from typing import Annotated

from pydantic import Field

from bot.settings import Duration, Name, Settings
from core.domain.retention import DEFAULT, EVERYTHING, RetentionPolicy
from core.operations.history import is_imported

Count = Annotated[int, Field(ge=0, le=1000)]


class RuleSettings(Settings):
    """How much is kept. Numbers count hours, days, … that have a snapshot; the first of each stays."""

    keep_last: Count = DEFAULT.keep_last
    within: Duration = DEFAULT.within
    hourly: Count = DEFAULT.hourly
    daily: Count = DEFAULT.daily
    weekly: Count = DEFAULT.weekly
    monthly: Count = DEFAULT.monthly
    yearly: Count = DEFAULT.yearly


class RetentionSettings(RuleSettings):
    """The whole table. What a table below leaves out is as above it; a source's word counts more than a storage's."""

    storage: dict[Name, RuleSettings] = Field(default_factory=dict)
    sources: dict[Name, RuleSettings] = Field(default_factory=dict)

    def policy(self, storage: str, source: str = "") -> RetentionPolicy:
        """For one source in one storage; "" for what is not configured any more.

        What was imported stays whole, unless its own table says otherwise.
        """
        if is_imported(source) and source not in self.sources:
            return EVERYTHING
        rules = {name: getattr(self, name) for name in RuleSettings.model_fields}
        for told in (self.storage.get(storage), self.sources.get(source)):
            if told is not None:
                rules |= {name: getattr(told, name) for name in told.model_fields_set}
        return RetentionPolicy(**rules)
