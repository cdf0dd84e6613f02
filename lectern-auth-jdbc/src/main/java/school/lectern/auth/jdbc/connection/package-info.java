/** Connections with deadlines, and what their failures mean. Not exported: under the stores, which need not know how. */
@NullMarked
package school.lectern.auth.jdbc.connection;

import org.jspecify.annotations.NullMarked;
