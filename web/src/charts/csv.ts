/** A file name that says what is in it and survives every file system. */
export function csvName(what: string, from: string, to: string): string {
  const name = what.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-+|-+$/g, '') || 'history';
  const time = (at: string) => at.slice(0, 16).replace(/[-:]/g, '').replace('T', '-');
  return `${name}_${time(from)}_${time(to)}Z.csv`;
}

/** Has the browser keep a file that is already here. */
export function save(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
