/** Puts an open popover below its button, or above where there is more room, inside the window. */
export function placeAt(button: HTMLElement, popover: HTMLElement): void {
  const at = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = popover;
  const below = at.bottom + 4 + height <= innerHeight;
  popover.style.left = `${Math.max(8, Math.min(at.left, innerWidth - width - 8))}px`;
  popover.style.top = `${below ? at.bottom + 4 : Math.max(8, at.top - height - 4)}px`;
}
