/** A data point in the tree, under the last part of its name. */
export interface Leaf<P> {
  label: string;
  point: P;
}

export interface Block<P> {
  /** Name of its device and its own, joined by a slash. */
  path: string;
  label: string;
  leaves: Leaf<P>[];
}

export interface Device<P> {
  /** Network, channel and its own name, joined by slashes. */
  path: string;
  label: string;
  /** Network and channel. */
  channel: string;
  blocks: Block<P>[];
  count: number;
}

export interface Place {
  device: string;
  block: string;
  label: string;
}

/** Parts of a name before the functional block: network, channel, device. */
const DEVICE_PARTS = 3;

/**
 * Where a data point stands by its name, `network/channel/device/functional block/data point`. Of a
 * shorter name the last parts are taken for data point and functional block.
 */
export function placeOf(name: string): Place {
  const parts = name.split('/');
  const depth = Math.min(DEVICE_PARTS, Math.max(0, parts.length - 2));
  const device = parts.slice(0, depth).join('/');
  const block = parts.length > 1 ? (parts[depth] ?? '') : '';
  const label = parts.length > 1 ? parts.slice(depth + 1).join('/') : name;
  return { device, block: `${device}/${block}`, label };
}

const order = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });
const byLabel = (a: { label: string }, b: { label: string }) => order.compare(a.label, b.label);
const byPath = (a: { path: string }, b: { path: string }) => order.compare(a.path, b.path);

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Devices with their functional blocks with their data points, each ordered as people count: 2 before 10. */
export function buildTree<P extends { name: string }>(points: readonly P[]): Device<P>[] {
  const devices = new Map<string, Device<P>>();
  const blocks = new Map<string, Block<P>>();
  for (const point of points) {
    const place = placeOf(point.name);
    let device = devices.get(place.device);
    if (!device) {
      device = newDevice(place.device);
      devices.set(place.device, device);
    }
    let block = blocks.get(place.block);
    if (!block) {
      block = { path: place.block, label: lastPart(place.block) || 'no functional block', leaves: [] };
      blocks.set(place.block, block);
      device.blocks.push(block);
    }
    block.leaves.push({ label: place.label, point });
    device.count += 1;
  }
  for (const block of blocks.values()) block.leaves.sort(byLabel);
  for (const device of devices.values()) device.blocks.sort(byLabel);
  return [...devices.values()].sort(byPath);
}

function newDevice<P>(path: string): Device<P> {
  const label = lastPart(path);
  const channel = path.slice(0, Math.max(0, path.length - label.length - 1));
  return { path, label: label || 'no device', channel, blocks: [], count: 0 };
}

interface Shown {
  /** Unique in the tree; what `at` in the address names. */
  path: string;
  /** 1 for devices, 2 for functional blocks, 3 for data points. */
  level: number;
  /** Place among its siblings, from 1. */
  position: number;
  siblings: number;
}

export type Row<P> = Shown &
  (
    | { kind: 'device'; open: boolean; device: Device<P> }
    | { kind: 'block'; open: boolean; block: Block<P> }
    | { kind: 'point'; leaf: Leaf<P> }
  );

/** The rows to be seen, from top to bottom. */
export function rowsOf<P extends { name: string }>(
  devices: readonly Device<P>[],
  isOpen: (path: string) => boolean,
): Row<P>[] {
  const rows: Row<P>[] = [];
  devices.forEach((device, d) => {
    const open = isOpen(device.path);
    const seat = { level: 1, position: d + 1, siblings: devices.length };
    rows.push({ kind: 'device', path: device.path, ...seat, open, device });
    if (open) device.blocks.forEach((block, b) => pushBlock(rows, device, block, b, isOpen));
  });
  return rows;
}

function pushBlock<P extends { name: string }>(
  rows: Row<P>[],
  device: Device<P>,
  block: Block<P>,
  index: number,
  isOpen: (path: string) => boolean,
) {
  const open = isOpen(block.path);
  const seat = { level: 2, position: index + 1, siblings: device.blocks.length };
  rows.push({ kind: 'block', path: block.path, ...seat, open, block });
  if (!open) return;
  block.leaves.forEach((leaf, i) => {
    const { length } = block.leaves;
    rows.push({ kind: 'point', path: leaf.point.name, level: 3, position: i + 1, siblings: length, leaf });
  });
}

/** The branches that must be open so that this branch or data point can be seen: from the top down, itself included. */
export function branchesTo<P>(devices: readonly Device<P>[], path: string): string[] {
  const holds = (branch: { path: string }) => path === branch.path || path.startsWith(`${branch.path}/`);
  const device = devices.find(holds);
  const block = device?.blocks.find(holds);
  return [device, block].flatMap((branch) => (branch ? [branch.path] : []));
}
