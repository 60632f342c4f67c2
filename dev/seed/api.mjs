// The gateway's API, as any client has it.
const { NOCGATE_URL, NOCGATE_KEY } = process.env;

/** Status and JSON of an answer, whatever it is. */
export async function call(method, path, body, headers = {}) {
  const response = await fetch(`${NOCGATE_URL}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${NOCGATE_KEY}`, 'content-type': 'application/json', ...headers },
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(120_000),
  });
  const text = await response.text();
  return { status: response.status, ok: response.ok, json: text ? JSON.parse(text) : null, text };
}

/** The JSON of an answer that must be good. */
export async function must(method, path, body, headers) {
  const answer = await call(method, path, body, headers);
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.json;
}

/** Makes something, unless it is there already. */
export async function make(path, body) {
  const answer = await call('POST', path, body);
  if (!answer.ok && answer.status !== 409) throw new Error(`POST ${path}: ${answer.status} ${answer.text}`);
}

/** Makes something of this name, or puts it in the place of what has it. */
export async function put(path, body) {
  const there = (await all(path)).find(({ name }) => name === body.name);
  await (there ? must('PUT', `${path}/${there.id}`, body) : must('POST', path, body));
}

/** All items of a list. */
export async function all(path) {
  const found = [];
  let cursor = '';
  do {
    const page = await must('GET', `${path}${path.includes('?') ? '&' : '?'}limit=1000${cursor}`);
    found.push(...page.items);
    cursor = page.next_cursor && `&cursor=${encodeURIComponent(page.next_cursor)}`;
  } while (cursor);
  return found;
}
