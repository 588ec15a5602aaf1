/** A request that the server will not serve, in vLLM's words. */
export interface Refusal {
  readonly status: number;
  readonly headers: string;
  readonly body: string;
}

/** vLLM's error object; `type` is the reason phrase for what the request's own schema rejects. */
export function refuse(status: number, type: string, param: string | null, message: string, headers = ''): Refusal {
  return { status, headers, body: JSON.stringify({ error: { message, type, param, code: status } }) };
}

/** FastAPI's error object. */
export function refuseRoute(status: number, detail: string, headers = ''): Refusal {
  return { status, headers, body: JSON.stringify({ detail }) };
}

/** pydantic's report of one wrong field, as vLLM 0.32 prints it. */
export function refuseField(type: string, field: string, message: string, input: string): Refusal {
  const report = `{'type': '${type}', 'loc': '${field}', 'msg': '${message}', 'input': ${input}}`;
  return refuse(400, 'Bad Request', field, `1 validation error:\n  ${report}`);
}

export function isRefusal(value: object): value is Refusal {
  return 'status' in value && 'body' in value;
}
