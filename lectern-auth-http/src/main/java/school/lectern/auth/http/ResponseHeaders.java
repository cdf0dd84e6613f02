package school.lectern.auth.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The headers of a response that is not sent yet. An adapter implements this interface over the responses of its server. {@link
 * HttpGuard.Passed#addTo} and {@link HttpAnswer#addTo} then decide which headers are set, which are added to others, and
 * which are left as they are.
 */
public interface ResponseHeaders {

    /**
     * {@return the values of a header; empty if the response does not have it}
     *
     * @param name the name of the header, in any case
     */
    List<String> values(String name);

    /**
     * Sets a header, in place of its other values.
     *
     * @param name the name of the header
     * @param value its value
     */
    void set(String name, String value);

    /**
     * Adds a value to those of a header.
     *
     * @param name the name of the header
     * @param value a further value
     */
    void add(String name, String value);

    /**
     * {@return the headers that a map contains, for a server whose responses have their headers in a map}
     *
     * @param headers the values by the name of the header; must ignore the case of names, as the map of the JDK's server does
     */
    static ResponseHeaders of(Map<String, List<String>> headers) {
        return new ResponseHeaders() {
            @Override
            public List<String> values(String name) {
                return headers.getOrDefault(name, List.of());
            }

            @Override
            public void set(String name, String value) {
                headers.put(name, new ArrayList<>(List.of(value)));
            }

            @Override
            public void add(String name, String value) {
                headers.computeIfAbsent(name, absent -> new ArrayList<>()).add(value);
            }
        };
    }
}
