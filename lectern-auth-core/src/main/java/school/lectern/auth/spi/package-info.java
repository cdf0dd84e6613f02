/** The parts that an application supplies: storage, tenants, and the authority that decides who may manage tokens. */
@NullMarked
package school.lectern.auth.spi;

import org.jspecify.annotations.NullMarked;
