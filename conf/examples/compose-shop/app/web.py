"""The shop's pages: which version serves is on them. A socket and a slow download are there to see
what happens to long connections while another version takes over."""
import asyncio

from aiohttp import web

from service import serve
from stores import VERSION


async def page(request):
    visits = await request.app["redis"].incr("visits")
    return web.Response(
        content_type="text/html",
        text=f"<!doctype html><title>shop</title>\n<h1>shop {VERSION}</h1>\n<p>visit {visits}</p>\n",
    )


async def download(request):
    """As many bytes as the path says, a hundred a second."""
    size = int(request.match_info["size"])
    response = web.StreamResponse()
    response.content_length = size
    await response.prepare(request)
    for _ in range(size):
        await response.write(b"x")
        await asyncio.sleep(0.01)
    return response


async def echo(request):
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        await socket.send_str(message.data)
    return socket


serve("web", [web.get("/", page), web.get("/socket", echo), web.get(r"/download/{size:\d+}", download)])
