/** Which version of an API a request is answered in. */
@NullMarked
package school.lectern.auth.version;

import org.jspecify.annotations.NullMarked;
