"""Takes orders: a row in PostgreSQL, and its number in the worker's queue in Redis."""
from aiohttp import web

from service import serve
from stores import VERSION


async def place(request):
    number = await request.app["database"].fetchval(
        "insert into orders (placed_by) values ($1) returning id", VERSION
    )
    await request.app["redis"].rpush("orders", number)
    return web.json_response({"order": number, "placed_by": VERSION}, status=201)


async def count(request):
    rows = await request.app["database"].fetch(
        "select placed_by, count(*) as placed, count(packed_by) as packed from orders group by 1"
    )
    return web.json_response(
        {row["placed_by"]: {"placed": row["placed"], "packed": row["packed"]} for row in rows}
    )


serve("api", [web.post("/orders", place), web.get("/orders", count)])
