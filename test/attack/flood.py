#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Floods at the listener of a node whose registrations live: junk, forged answers, requests; from one source or many.

Prints a line of JSON for each flood: how much was sent, whether a binding lapsed, what others waited for an
answer, and the memory. Junk and mutants are made from --seed.
"""

import json
import multiprocessing
import random
import socket
import time

import stage

REQUEST = ("{method} sip:1001@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK{n};rport\r\n"
           "Max-Forwards: 70\r\nFrom: <sip:{n}@sw.example>;tag={n}\r\nTo: <sip:{n}@sw.example>\r\nCall-ID: {n}@flood\r\n"
           "CSeq: {n} {method}\r\nContact: <sip:{n}@127.0.0.1>\r\nContent-Length: 0\r\n\r\n")
# As an answer to a REGISTER of ours would look to one who has not seen it.
ANSWER = ("SIP/2.0 {status} OK\r\nVia: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{n}\r\nFrom: <sip:{user}@sw.example>;"
          "tag={n}\r\nTo: <sip:{user}@sw.example>;tag=x\r\nCall-ID: {n}\r\nCSeq: {n} REGISTER\r\n"
          "Contact: <sip:{user}@127.0.0.1:{port}>;expires=0\r\nContent-Length: 0\r\n\r\n")
BATCH = 512


def junk(rng, _):
    return rng.randbytes(rng.randint(1, 1400))


def mutant(rng, port):
    """A message with some of its bytes changed, cut or doubled."""
    data = bytearray(rng.choice([request("REGISTER"), request("INVITE"), answer])(rng, port))
    for _ in range(rng.randint(1, 8)):
        data[rng.randrange(len(data))] = rng.randrange(256)
    cut = rng.randrange(len(data))
    return bytes(data[:cut] + data[rng.randrange(cut + 1):])


def answer(rng, port):
    return ANSWER.format(status=rng.choice([200, 401, 403, 423, 503]), port=port, n=rng.getrandbits(40),
                         user=rng.randint(100001, 100100)).encode()


def request(method):
    return lambda rng, _: REQUEST.format(method=method, n=rng.getrandbits(31)).encode()


KINDS = {"junk": junk, "mutants": mutant, "forged answers": answer, "REGISTER": request("REGISTER"),
         "OPTIONS": request("OPTIONS"), "INVITE": request("INVITE")}


def sockets(many):
    made = []
    for i in range(200 if many else 1):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind((f"127.1.{i // 250}.{1 + i % 250}", 0))
        s.setblocking(False)
        made.append(s)
    return made


def shoot(kind, to, many, seed, seconds, per_second, sent):
    """Runs in a process of its own, so that the onlooker's clock is not what is measured."""
    rng, sources, count = random.Random(seed), sockets(many), 0
    batch = [KINDS[kind](rng, to[1]) for _ in range(BATCH)]
    begun = time.monotonic()
    while (spent := time.monotonic() - begun) < seconds:
        if per_second and count > per_second * spent:
            time.sleep(0.001)
            continue
        source = sources[count // 16 % len(sources)]
        for _ in range(16):
            try:
                source.sendto(batch[count % BATCH], to)
            except BlockingIOError:
                pass
            count += 1
        if count % BATCH == 0:
            batch = [KINDS[kind](rng, to[1]) for _ in range(BATCH)]
    sent.value = count


def flood(node, peer, registrations, kind, many, seed=1, seconds=20, rate=0):
    """What an onlooker saw of one flood."""
    onlooker, sent = stage.Onlooker(node, peer, registrations), multiprocessing.Value("q")
    shooter = multiprocessing.Process(target=shoot, args=(kind, node.address, many, seed, seconds, rate, sent))
    shooter.start()
    shooter.join()
    return {"flood": kind, "sources": 200 if many else 1, "seconds": seconds, "sent": sent.value, **onlooker.close()}


def main():
    o = stage.options(__doc__, registrations=200, seconds=20, seed=1, rate=0)
    with stage.play(o.build, o.registrations) as (node, peer):
        for kind in KINDS:
            for many in (False, True):
                print(json.dumps(flood(node, peer, o.registrations, kind, many, o.seed, o.seconds, o.rate)), flush=True)
        stop = node.stop()
        print(json.dumps({"exit": stop.exit, "clean": stop.report["clean"], "left": len(peer.bindings())}))


if __name__ == "__main__":
    main()
