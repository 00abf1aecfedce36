/** The URL path of a resource below `/api/configuration`; registered exceptions have their own, see `ResourceType.href`. */
export function hrefOf(resource: string): string {
  return `/api/configuration/${resource}`;
}
