"""Packs orders, of whatever version. Asked to end, it finishes the one in its hands."""
import asyncio
import signal

import stores


async def main():
    ending = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ending.set)
    database = await stores.open_database()
    redis = stores.open_redis()
    print(f"worker {stores.VERSION} starts", flush=True)
    while not ending.is_set():
        order = await redis.blpop("orders", timeout=1)
        if order:
            await database.execute(
                "update orders set packed_by = $1 where id = $2", stores.VERSION, int(order[1])
            )
    await redis.close()
    await database.close()


asyncio.run(main())
