/** The text of an element, with what its attributes say of it. */
export interface Cell {
  text: string;
  unit: string;
  /** The rest of its attributes. */
  hint: string;
}

/** One `Item` of an answer. */
export interface Item {
  name: string;
  type: string;
  /** Why the SmartServer did not carry it out. */
  fault: string;
  /** Elements with a text, by their names. */
  cells: Map<string, Cell>;
  /** Elements that have elements. */
  branches: [name: string, value: unknown][];
}

/** Items of one type. */
export interface Group {
  type: string;
  items: Item[];
  /** Elements of the items, the most wanted first. */
  columns: string[];
}

type Element = Record<string, unknown>;

const isElement = (value: unknown): value is Element =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: unknown): unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

/** Columns of these come first, in this order, and of those last. */
const FIRST = ['UCPTvalue', 'UCPTpointStatus', 'UCPTpriority', 'UCPTlastUpdate', 'UCPTdescription'];
const LAST = ['UCPTannotation', 'UCPThidden', 'UCPTuri'];

/** The items of an answer by their types; undefined for an answer without items. */
export function decode(body: unknown): Group[] | undefined {
  if (!isElement(body)) return undefined;
  const [operation] = Object.values(body);
  const root = isElement(operation) ? operation.iLonItem : undefined;
  if (!isElement(root)) return undefined;
  const items = listOf(root.Item).filter(isElement).map(itemOf);
  if (items.length === 0) return undefined;
  const types = [...new Set(items.map(({ type }) => type))];
  return types.map((type) => {
    const ofType = items.filter((item) => item.type === type);
    return { type, items: ofType, columns: columnsOf(ofType) };
  });
}

function itemOf(element: Element): Item {
  const item: Item = {
    name: cellOf(element.UCPTname)?.text ?? '',
    type: typeof element['@type'] === 'string' ? element['@type'] : '',
    fault: faultOf(element.fault),
    cells: new Map(),
    branches: [],
  };
  for (const [name, value] of Object.entries(element)) {
    if (name.startsWith('@') || name === 'UCPTname' || name === 'fault') continue;
    const cell = cellOf(value);
    if (cell) item.cells.set(name, cell);
    else item.branches.push([name, value]);
  }
  return item;
}

/** Undefined for an element of elements. Several of one name are one cell. */
export function cellOf(value: unknown): Cell | undefined {
  if (Array.isArray(value)) {
    const cells = value.map(cellOf);
    if (cells.some((cell) => cell === undefined)) return undefined;
    const join = (part: keyof Cell) =>
      [...new Set(cells.map((cell) => cell?.[part]))].filter(Boolean).join(', ');
    return { text: join('text'), unit: join('unit'), hint: join('hint') };
  }
  if (!isElement(value)) return { text: value == null ? '' : String(value), unit: '', hint: '' };
  const { '#text': text, '@Unit': unit, ...rest } = value;
  if (text === undefined && Object.keys(rest).some((name) => !name.startsWith('@'))) return undefined;
  const hint = Object.entries(rest).map(([name, attribute]) => `${name.slice(1)} ${String(attribute)}`);
  return { text: String(text ?? ''), unit: String(unit ?? ''), hint: hint.join(', ') };
}

function faultOf(fault: unknown): string {
  if (fault === undefined) return '';
  if (!isElement(fault)) return String(fault) || 'refused';
  const code = cellOf(fault.faultcode)?.text;
  return [code && `${code}:`, cellOf(fault.faultstring)?.text].filter(Boolean).join(' ') || 'refused';
}

function columnsOf(items: Item[]): string[] {
  const names = [...new Set(items.flatMap(({ cells }) => [...cells.keys()]))];
  const told = names.filter(
    (name) => name !== 'UCPThidden' || items.some(({ cells }) => cells.get(name)?.text === '1'),
  );
  const rank = (name: string) => {
    const first = FIRST.indexOf(name);
    if (first >= 0) return first;
    return LAST.includes(name) ? names.length + FIRST.length : FIRST.length;
  };
  return told.sort((a, b) => rank(a) - rank(b));
}

/** Name of an element as people say it: `UCPTlastUpdate` is “Last update”. */
export function spoken(name: string): string {
  const words = name
    .replace(/^[SU]CPT/, '')
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .trim();
  return words
    ? words[0]?.toUpperCase() + words.slice(1).replace(/ [A-Z](?=[a-z])/g, (s) => s.toLowerCase())
    : name;
}
