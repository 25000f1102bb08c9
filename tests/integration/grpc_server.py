"""A gRPC server of service test.Echo, whose messages are plain octets. Usage: grpc_server.py NAME ADDRESS:PORT

Unary, Client, Server and Both stream as their names say. A message that is a number N is answered by Server with N
messages. Metadata that begins with x- comes back: as initial metadata, and in the trailers with -end behind its name.
"""
import concurrent.futures
import sys
import time

import grpc


class Echo:
    def __init__(self, name):
        self.name = name

    def _begin(self, context):
        mine = [(key, value) for key, value in context.invocation_metadata() if key.startswith("x-")]
        context.send_initial_metadata([("x-server", self.name), *mine])
        context.set_trailing_metadata([(key + "-end", value) for key, value in mine])

    def unary(self, request, context):
        self._begin(context)
        if request == b"sleep":
            time.sleep(20)
        if request.startswith(b"fail "):
            context.abort(grpc.StatusCode(_code(int(request[5:]))), "as asked")
        return request

    def client(self, requests, context):
        self._begin(context)
        return b",".join(requests)

    def server(self, request, context):
        self._begin(context)
        for number in range(int(request)):
            yield str(number).encode()

    def both(self, requests, context):
        self._begin(context)
        for request in requests:
            yield self.name.encode() + b" " + request


def _code(number):
    return next(code for code in grpc.StatusCode if code.value[0] == number).value


def handlers(echo):
    return grpc.method_handlers_generic_handler("test.Echo", {
        "Unary": grpc.unary_unary_rpc_method_handler(echo.unary),
        "Client": grpc.stream_unary_rpc_method_handler(echo.client),
        "Server": grpc.unary_stream_rpc_method_handler(echo.server),
        "Both": grpc.stream_stream_rpc_method_handler(echo.both),
    })


def main(name, address):
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(16))
    server.add_generic_rpc_handlers((handlers(Echo(name)),))
    if server.add_insecure_port(address) == 0:
        sys.exit(f"cannot listen on {address}")
    server.start()
    server.wait_for_termination()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
