"""What web and api have in common: both stores, a health page, and the way they end."""
from aiohttp import web

import stores


async def open_stores(app):
    app["database"] = await stores.open_database()
    app["redis"] = stores.open_redis()
    yield
    await app["redis"].close()
    await app["database"].close()


async def health(request):
    await request.app["database"].fetchval("select 1")
    await request.app["redis"].ping()
    return web.json_response({"status": "ok", "version": stores.VERSION})


async def name_server(request, response):
    response.headers["X-Served-By"] = f"{request.app['name']}-{stores.VERSION}"


def serve(name, routes):
    """Until SIGTERM; requests that are being answered are finished first."""
    app = web.Application()
    app["name"] = name
    app.cleanup_ctx.append(open_stores)
    app.on_response_prepare.append(name_server)
    app.add_routes([web.get("/health", health), *routes])
    print(f"{name} {stores.VERSION} starts", flush=True)
    # nginx keeps connections for 60 s: it, not we, has to be the one that closes them.
    web.run_app(app, port=3000, print=None, access_log=None, keepalive_timeout=75)
