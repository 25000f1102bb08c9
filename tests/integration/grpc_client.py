"""Calls of test.Echo (grpc_server.py) on one channel, as JSON: one object a line in, one a line out.
Usage: grpc_client.py ADDRESS:PORT [AUTHORITY]

In: {"method": "Unary", "send": ["a"], "metadata": {"x-a": "1"}, "timeout": 2, "service": "test.Echo"}
Out: {"code": "OK", "details": "", "got": ["a"], "initial": {...}, "trailing": {...}}
"""
import json
import sys

import grpc

_STREAMS = {"Unary": (False, False), "Client": (True, False), "Server": (False, True), "Both": (True, True)}


def _call(channel, ask):
    many_in, many_out = _STREAMS[ask.get("as", ask["method"])]
    kind = {(False, False): channel.unary_unary, (True, False): channel.stream_unary,
            (False, True): channel.unary_stream, (True, True): channel.stream_stream}[many_in, many_out]
    method = kind(f"/{ask.get('service', 'test.Echo')}/{ask['method']}")
    messages = [text.encode() for text in ask["send"]]
    options = {"timeout": ask.get("timeout", 5), "metadata": list(ask.get("metadata", {}).items())}
    argument = iter(messages) if many_in else messages[0]
    got = []
    try:
        if many_out:
            call = method(argument, **options)
            for message in call:
                got.append(message)
        elif many_in:
            call = method.future(argument, **options)
            got.append(call.result())
        else:
            message, call = method.with_call(argument, **options)
            got.append(message)
    except grpc.RpcError as error:
        call = error
    return {"code": call.code().name, "details": call.details(), "got": [message.decode() for message in got],
            "initial": dict(call.initial_metadata() or ()), "trailing": dict(call.trailing_metadata() or ())}


def main(address, authority=None):
    options = [("grpc.enable_retries", 0)] + ([("grpc.default_authority", authority)] if authority else [])
    with grpc.insecure_channel(address, options=options) as channel:
        for line in sys.stdin:
            print(json.dumps(_call(channel, json.loads(line))), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
