"""Where all versions of the shop keep what they know: orders in PostgreSQL, the rest in Redis."""
import os

import asyncpg
import redis.asyncio

VERSION = os.environ["SHOP_VERSION"]


async def open_database():
    return await asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=1, max_size=4)


def open_redis():
    return redis.asyncio.from_url(os.environ["REDIS_URL"], decode_responses=True)
