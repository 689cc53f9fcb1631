/** An object whose every property is that of `read()` at the moment of looking. It has the properties of the first reading. */
export function liveView<T extends object>(read: () => T): T {
  const view: object = {};
  for (const key of Object.keys(read())) {
    Object.defineProperty(view, key, { enumerable: true, get: () => read()[key as keyof T] });
  }
  return view as T;
}
