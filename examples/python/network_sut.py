"""A SUT in another process, behind TCP on the loopback device.

LoadGen, the samples and the clock are on this side, on that side numbers are squared. It greets
with its name; after that every message is 16 bytes.
"""

import array
import multiprocessing
import socket
import struct
import sys
import threading
from pathlib import Path

import mlperf_loadgen as lg

MESSAGE = struct.Struct("=QQ")  # response id, number


def serve(listener: socket.socket) -> None:
    """The other side."""
    connection, _ = listener.accept()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(b"Network SUT\n")
    stream = connection.makefile("rb")
    while message := stream.read(MESSAGE.size):
        response_id, number = MESSAGE.unpack(message)
        connection.sendall(MESSAGE.pack(response_id, number**2))


class Dispatcher:
    """This side, connected from `name`, at the beginning of a test, to `close`."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self._receiver = threading.Thread(target=self._complete, daemon=True)

    def name(self) -> str:  # there and back: how long that takes is logged
        self._connection = socket.create_connection(self._address, timeout=10)
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._stream = self._connection.makefile("rb")
        name = self._stream.readline().decode().strip()
        self._receiver.start()
        return name

    def issue(self, query_samples: list[lg.QuerySample]) -> None:
        messages = [MESSAGE.pack(sample.id, sample.index) for sample in query_samples]
        self._connection.sendall(b"".join(messages))

    def flush(self) -> None:
        pass

    def close(self) -> None:
        self._connection.shutdown(socket.SHUT_RDWR)
        self._receiver.join(10)

    def _complete(self) -> None:
        try:
            while message := self._stream.read(MESSAGE.size):
                answer = array.array("Q", message)
                address, _ = answer.buffer_info()
                response = lg.QuerySampleResponse(answer[0], address + 8, 8)
                lg.QuerySamplesComplete([response])
            raise ConnectionError("the SUT has hung up")
        except Exception as error:
            lg.abort(error)  # comes out of StartTest, if that is not over


def main() -> int:
    listener = socket.create_server(("127.0.0.1", 0))
    server = multiprocessing.Process(target=serve, args=(listener,), daemon=True)
    server.start()
    dispatcher = Dispatcher(listener.getsockname())

    settings = lg.TestSettings()
    settings.scenario = lg.TestScenario.Server
    settings.server_target_qps = 500
    settings.server_target_latency_ns = 500_000_000
    settings.min_duration_ms = 1000
    sut = lg.ConstructQDL(dispatcher.issue, dispatcher.flush, dispatcher.name)
    qsl = lg.ConstructQSL(1000, 1000, lambda indices: None, lambda indices: None)
    lg.StartTest(sut, qsl, settings)
    lg.DestroyQSL(qsl)
    lg.DestroyQDL(sut)
    dispatcher.close()
    server.join(10)

    summary = Path("mlperf_log_summary.txt").read_text(encoding="utf-8")
    print(summary.split("\n\n")[0])
    return "Result is : VALID" not in summary


if __name__ == "__main__":
    sys.exit(main())
