"""The baseline: exactly the calls that a thread cannot be had without, on warm connections.

Reads `channel app session` lines and answers each with an empty line when the thread stands.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time

import httpx

BETWEEN_MESSAGES = 1.0  # seconds


async def post_thread(http: httpx.AsyncClient, channel: str, app: str, session: str) -> None:
    """Fetch a summary and post it under a parent."""
    told = os.environ
    token = {"Authorization": f"Bearer {told['CLOUDFLARE_API_TOKEN']}"}
    account = f"{told['CLOUDFLARE_BASE_URL']}/accounts/{told['CLOUDFLARE_ACCOUNT_ID']}"
    where = f"{account}/realtime/kit/{app}/sessions/{session}"
    summary, _ = await asyncio.gather(
        http.get(f"{where}/summary", headers=token), http.get(where, headers=token)
    )
    text = (await http.get(summary.json()["data"]["summaryDownloadUrl"])).text
    began = time.perf_counter()
    parent = await _post(http, {"channel": channel, "text": "Meeting"})
    await asyncio.sleep(began + BETWEEN_MESSAGES - time.perf_counter())
    await _post(http, {"channel": channel, "text": text, "thread_ts": parent})


async def _post(http: httpx.AsyncClient, message: dict[str, str]) -> str:
    reply = await http.post(
        f"{os.environ['SLACK_API_URL']}chat.postMessage",
        json=message,
        headers={"Authorization": f"Bearer {os.environ['SLACK_BOT_TOKEN']}"},
    )
    said = reply.json()
    assert said["ok"], said
    return str(said["ts"])


async def main() -> None:
    """Post a thread for each line."""
    loop = asyncio.get_running_loop()
    async with httpx.AsyncClient(trust_env=False, verify=httpx.create_ssl_context()) as http:
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            channel, app, session = line.split()
            await post_thread(http, channel, app, session)
            sys.stdout.write("\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
