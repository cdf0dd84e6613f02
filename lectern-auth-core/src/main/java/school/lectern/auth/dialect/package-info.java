/** Token systems as data: the shape, the permissions, the errors and the limits of each. */
@NullMarked
package school.lectern.auth.dialect;

import org.jspecify.annotations.NullMarked;
