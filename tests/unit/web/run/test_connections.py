import pytest
from redis.asyncio import UnixDomainSocketConnection

from web.run.connections import QUEUE, connect_queue, connect_redis


@pytest.mark.parametrize("connect", [connect_redis, connect_queue])
def test_sentinel(connect: type) -> None:
    client = connect("redis+sentinel://u:p%40@first,second:26380/my-service/3")
    pool = client.connection_pool
    assert pool.service_name == "my-service"
    assert [
        (
            each.connection_pool.connection_kwargs["host"],
            each.connection_pool.connection_kwargs["port"],
        )
        for each in pool.sentinel_manager.sentinels
    ] == [("first", 26379), ("second", 26380)]
    login = pool.connection_kwargs
    assert (login["username"], login["password"], login["db"]) == ("u", "p@", 3)


def test_a_socket_with_a_space_in_its_path() -> None:
    queue = connect_queue("unix:///srv/%E7%83%AD%E7%BA%BF%20x/v.sock?db=2")
    assert queue.connection_pool.connection_class is UnixDomainSocketConnection
    assert queue.connection_pool.connection_kwargs["path"] == "/srv/热线 x/v.sock"
    assert queue.connection_pool.connection_kwargs["db"] == 2
    assert queue.default_queue_name == QUEUE
