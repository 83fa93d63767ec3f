/** WebOTP: the browser hands over the code of a message that ends with this site's `@domain #code`. */

declare global {
  interface CredentialRequestOptions {
    otp?: { readonly transport: readonly 'sms'[] }
  }
}

/** Waits for one message, where the browser can; `signal` ends it, and so does the user, by saying no. */
export async function receiveCode(signal: AbortSignal): Promise<string | undefined> {
  if (!('OTPCredential' in window)) return undefined
  try {
    const credential = await navigator.credentials.get({ otp: { transport: ['sms'] }, signal })
    if (credential === null || !('code' in credential)) return undefined
    return typeof credential.code === 'string' ? credential.code : undefined
  } catch {
    // Refused, aborted, or not to be had here: the user types.
    return undefined
  }
}
