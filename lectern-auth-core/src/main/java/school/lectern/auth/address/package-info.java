/** From where: address blocks, allowlists, and the walk through trusted proxies. */
@NullMarked
package school.lectern.auth.address;

import org.jspecify.annotations.NullMarked;
