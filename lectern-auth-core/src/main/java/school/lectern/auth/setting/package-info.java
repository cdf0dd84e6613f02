/** The settings of builders. Exported only to the library's own modules. */
@NullMarked
package school.lectern.auth.setting;

import org.jspecify.annotations.NullMarked;
