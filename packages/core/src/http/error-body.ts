/** The JSON body of every error answer. Only expected failures speak for themselves; others keep their secrets. */
export function errorBody(error: { code: string; message: string; fix: string }): {
  readonly error: { readonly code: string; readonly message: string; readonly fix: string };
} {
  return { error: { code: error.code, message: error.message, fix: error.fix } };
}
