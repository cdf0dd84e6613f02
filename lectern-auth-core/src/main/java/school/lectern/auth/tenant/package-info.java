/** The application's tenant directory as a decision calls it, with a cache where every tenant must be known. Not exported. */
@NullMarked
package school.lectern.auth.tenant;

import org.jspecify.annotations.NullMarked;
