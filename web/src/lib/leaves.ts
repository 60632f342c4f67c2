import type { FieldInfo, TypeInfo } from './api/types';

/**
 * The parts of a type that hold one figure, name or text each, in order, named by their path, as
 * `start_time.hour` or `location[2]`; an unnamed one for a type that is such a part itself.
 */
export function leavesOf(type: TypeInfo | FieldInfo, path = ''): FieldInfo[] {
  switch (type.kind) {
    case 'structure':
      return type.fields.flatMap((field) => leavesOf(field, path ? `${path}.${field.name}` : field.name));
    case 'array':
      return Array.from({ length: type.count ?? 0 }, (_, index) => elementOf(type, `${path}[${index}]`));
    default:
      return [{ ...type, name: path }];
  }
}

/** An array is described by what its elements have in common. */
function elementOf(array: TypeInfo | FieldInfo, name: string): FieldInfo {
  const kind = array.values.length > 0 ? 'enumeration' : 'number';
  return { ...array, kind, count: null, name };
}

const keysOf = (path: string) => path.split(/[.[\]]+/).filter((key) => key !== '');

/** The part of a value at a path; undefined if there is none. */
export function partAt(value: unknown, path: string): unknown {
  return keysOf(path).reduce<unknown>(
    (part, key) =>
      typeof part === 'object' && part !== null ? (part as Record<string, unknown>)[key] : undefined,
    value,
  );
}

/** The value of a type that has these parts at their paths. */
export function valueFrom(type: TypeInfo | FieldInfo, part: (path: string) => unknown, path = ''): unknown {
  switch (type.kind) {
    case 'structure':
      return Object.fromEntries(
        type.fields.map((field) => [
          field.name,
          valueFrom(field, part, path ? `${path}.${field.name}` : field.name),
        ]),
      );
    case 'array':
      return Array.from({ length: type.count ?? 0 }, (_, index) => part(`${path}[${index}]`));
    default:
      return part(path);
  }
}
