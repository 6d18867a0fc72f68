"""What was posted, read within bounds of size and time: whoever sends it may be a stranger."""

import asyncio

from aiohttp import web

_SECONDS = 10.0  # in which a body must have come


async def read_body(request: web.Request, most: int) -> bytes:
    """All of it, of `most` bytes.

    Raises:
        HTTPException: it is too large, or does not come.
    """
    try:
        async with asyncio.timeout(_SECONDS):
            return await request.clone(client_max_size=most).read()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
