/**
 * Where 8x8 answers for an API version and a region (8x8 facts page, "Two generations").
 *
 * `apac` is the default of an 8x8 account. v1 has one address whatever the region.
 */
export function eightByEightBaseUrl(version: 'v1' | 'v2', region: 'apac' | 'us' | 'eu' | 'id'): string {
  return version === 'v1' ? 'https://api.wavecell.com' : v2Addresses[region]
}

const v2Addresses = {
  apac: 'https://verify.8x8.com',
  us: 'https://verify.us.8x8.com',
  eu: 'https://verify.8x8.uk',
  id: 'https://verify.8x8.id',
}
