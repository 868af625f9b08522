/** How often what is seen is read again, milliseconds. Events of the server make it sooner. */
export const soon = 3000
export const seldom = 10_000
/** Largest page that the API gives. */
export const largestPage = 500
