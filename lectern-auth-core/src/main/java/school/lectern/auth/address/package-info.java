/** IP addresses and address blocks, allowlists, and the client's address behind trusted proxies. */
@NullMarked
package school.lectern.auth.address;

import org.jspecify.annotations.NullMarked;
