/** A piece of XML as it is coloured. */
export interface Token {
  kind: 'mark' | 'name' | 'attribute' | 'value' | 'text' | 'other';
  text: string;
}

const PIECE =
  /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[[\s\S]*?\]\]>|<![^>]*>|<\/?[^\s/>]+(?:"[^"]*"|'[^']*'|[^>"'])*>|[^<]+|</g;
const INDENT = '  ';

/** XML line by line, an element with text on one line. What is no XML comes out as it is. */
export function lines(xml: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let open = false;
  for (const piece of xml.match(PIECE) ?? []) {
    const last = found.length - 1;
    if (!piece.startsWith('<')) {
      if (!piece.trim()) continue;
      if (open) found[last] += piece.trim();
      else found.push(INDENT.repeat(depth) + piece.trim());
    } else if (piece.startsWith('</')) {
      depth = Math.max(0, depth - 1);
      if (open) found[last] += piece;
      else found.push(INDENT.repeat(depth) + piece);
      open = false;
    } else {
      found.push(INDENT.repeat(depth) + piece);
      open = piece[1] !== '!' && piece[1] !== '?' && !piece.endsWith('/>');
      if (open) depth++;
    }
  }
  return found;
}

/** The same as one text. */
export const pretty = (xml: string) => lines(xml).join('\n');

const ATTRIBUTE = /([^\s=]+)(\s*=\s*)("[^"]*"|'[^']*')|\s+|[^\s]+/g;

/** A line in pieces of one colour each; together they are the line. */
export function tokens(line: string): Token[] {
  return (line.match(PIECE) ?? []).flatMap((piece) => {
    if (!piece.startsWith('<')) return [{ kind: 'text' as const, text: piece }];
    if (/^<[!?]/.test(piece) || piece === '<') return [{ kind: 'other' as const, text: piece }];
    return tagTokens(piece);
  });
}

function tagTokens(tag: string): Token[] {
  const [, start = '', name = '', attributes = '', end = ''] =
    /^(<\/?)([^\s/>]+)([\s\S]*?)(\/?>)$/.exec(tag) ?? [];
  if (!name) return [{ kind: 'other', text: tag }];
  const inside = [...attributes.matchAll(ATTRIBUTE)].flatMap(([whole, attribute, equals, value]): Token[] =>
    attribute && equals && value
      ? [
          { kind: 'attribute', text: attribute },
          { kind: 'mark', text: equals },
          { kind: 'value', text: value },
        ]
      : [{ kind: 'mark', text: whole }],
  );
  return [
    { kind: 'mark', text: start },
    { kind: 'name', text: name },
    ...inside,
    { kind: 'mark', text: end },
  ];
}

/** Text as it may stand inside an element. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Name of the operation: the first element, or the first one of a SOAP body. */
export function operationOf(xml: string): string {
  const names = [
    ...xml.replace(/<!--[\s\S]*?-->|<\?[\s\S]*?\?>/g, '').matchAll(/<(?:[^\s/>:]+:)?([^\s/>!?]+)/g),
  ].map(([, name = '']) => name);
  if (names[0] !== 'Envelope') return names[0] ?? '';
  return names[names.indexOf('Body') + 1] ?? '';
}

const ENTITIES: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** Text of an element as it is meant. */
export function unescaped(text: string): string {
  return text.replace(/&(lt|gt|amp|quot|apos|#\d{1,7}|#x[\da-f]{1,6});/gi, (whole, name: string) => {
    if (!name.startsWith('#')) return ENTITIES[name.toLowerCase()] ?? whole;
    const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

/** The first name that a message speaks of, or its selection; empty if it has neither. */
export function firstName(xml: string): string {
  const found = /<(?:[^\s<>/:]+:)?(?:UCPTname|xSelect|UCPTsystemInfoType)[^<>]*>([^<]*)</.exec(xml)?.[1];
  return unescaped(found?.trim() ?? '');
}
