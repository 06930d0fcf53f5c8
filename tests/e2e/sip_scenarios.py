"""Scenarios for SIPp: callers and callees of calls that end in different ways."""

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="a call">\n'
_TAIL = "</scenario>\n"

NUMBER = "NUMBER"
"""Stands for the caller's number."""

_INVITE = """\
  <send retrans="500"><![CDATA[
    INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    From: <sip:NUMBER@[local_ip]:[local_port]>;tag=[call_number]
    To: <sip:[service]@[remote_ip]:[remote_port]>
    Call-ID: [call_id]
    CSeq: 1 INVITE
    Contact: <sip:caller@[local_ip]:[local_port]>
    Max-Forwards: 70
    Content-Length: 0
  ]]></send>
  <recv response="100" optional="true"/>
"""

_RINGING = '  <recv response="180"/>\n'
_MAYBE_RINGING = '  <recv response="180" optional="true"/>\n'


def _request(method: str, target: str, branch: str, to: str, cseq: str, *, retrans: str) -> str:
    return f"""\
  <send{retrans}><![CDATA[
    {method} {target} SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch={branch}
    From: <sip:NUMBER@[local_ip]:[local_port]>;tag=[call_number]
    {to}
    [routes]
    Call-ID: [call_id]
    CSeq: {cseq} {method}
    Max-Forwards: 70
    Content-Length: 0
  ]]></send>
"""


def _later(method: str, cseq: str) -> str:
    """Return a request within the answered call."""
    retrans = ' retrans="500"' if method == "BYE" else ""
    return _request(method, "[next_url]", "[branch]", "[last_To:]", cseq, retrans=retrans)


def _of_invite(method: str, messages_since: int, to: str) -> str:
    """Return a request that belongs to the INVITE's transaction, and so has its branch."""
    target = "sip:[service]@[remote_ip]:[remote_port]"
    return _request(method, target, f"[branch-{messages_since}]", to, "1", retrans="")


def _refused_with(status_code: int) -> str:
    return (
        f"{_HEAD}{_INVITE}{_MAYBE_RINGING}"
        f'  <recv response="{status_code}"/>\n{_of_invite("ACK", 4, "[last_To:]")}{_TAIL}'
    )


_TO = "To: <sip:[service]@[remote_ip]:[remote_port]>"

CALLERS = {
    "answered": (
        f'{_HEAD}{_INVITE}{_MAYBE_RINGING}  <recv response="200" rrs="true"/>\n'
        f'{_later("ACK", "1")}  <pause milliseconds="200"/>\n{_later("BYE", "2")}'
        f'  <recv response="200"/>\n{_TAIL}'
    ),
    "canceled": (
        f"{_HEAD}{_INVITE}{_RINGING}{_of_invite('CANCEL', 3, _TO)}"
        f'  <recv response="200"/>\n  <recv response="487"/>\n'
        f"{_of_invite('ACK', 6, '[last_To:]')}{_TAIL}"
    ),
    "refused": _refused_with(486),
    "not answered in time": _refused_with(408),
}
"""The caller's side, by the way in which the call ends."""


def _response(status: str, via: str = "[last_Via:]", cseq: str = "[last_CSeq:]") -> str:
    return f"""\
  <send><![CDATA[
    SIP/2.0 {status}
    {via}
    [last_Record-Route:]
    [last_From:]
    [last_To:];tag=callee[call_number]
    [last_Call-ID:]
    {cseq}
    Contact: <sip:callee@[local_ip]:[local_port]>
    Content-Length: 0
  ]]></send>
"""


_INVITED = '  <recv request="INVITE"/>\n'

# The response to a canceled INVITE goes the way of the INVITE, not of the CANCEL.
_INVITED_FROM = """\
  <recv request="INVITE"><action>
    <ereg regexp="Via:[^[:cntrl:]]*[[:cntrl:]]+Via:[^[:cntrl:]]*" search_in="msg" assign_to="way"/>
  </action></recv>
"""

CALLEES = {
    # Unlike SIPp's own scenario it copies Record-Route, as phones do.
    "answered": (
        f"{_HEAD}{_INVITED}{_response('200 OK')}"
        f'  <recv request="ACK"/>\n  <recv request="BYE"/>\n{_response("200 OK")}{_TAIL}'
    ),
    "canceled": (
        f"{_HEAD}{_INVITED_FROM}{_response('180 Ringing')}"
        f'  <recv request="CANCEL"/>\n{_response("200 OK")}'
        f"{_response('487 Request Terminated', '[$way]', 'CSeq: 1 INVITE')}"
        f'  <recv request="ACK"/>\n{_TAIL}'
    ),
    "refused": f'{_HEAD}{_INVITED}{_response("486 Busy Here")}  <recv request="ACK"/>\n{_TAIL}',
    "not answered in time": (
        f"{_HEAD}{_INVITED}{_response('180 Ringing')}"
        f'  <recv request="CANCEL"/>\n{_response("200 OK")}{_TAIL}'
    ),
}
