/** What the application brings: storage, tenants, and who may manage tokens. */
@NullMarked
package school.lectern.auth.spi;

import org.jspecify.annotations.NullMarked;
