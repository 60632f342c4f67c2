export type Params = Record<string, string>;

/** The parameters of `path` when it fits `pattern` (`/smartservers/{key}`), else null. */
export function match(pattern: string, path: string): Params | null {
  const wanted = pattern.split('/');
  const given = path.replace(/(?<=.)\/$/, '').split('/');
  if (wanted.length !== given.length) return null;
  const params: Params = {};
  for (const [i, part] of wanted.entries()) {
    const value = given[i] ?? '';
    if (part.startsWith('{')) {
      const decoded = decode(value);
      if (!decoded) return null;
      params[part.slice(1, -1)] = decoded;
    } else if (part !== value) return null;
  }
  return params;
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** Where to go after signing in: a path of ours, never another origin. */
export function nextPath(query: URLSearchParams): string {
  const next = query.get('next') ?? '/';
  return /^\/(?![/\\])/.test(next) ? next : '/';
}
