package school.lectern.auth.http;

import java.util.Map;

/** The rules by which the library's headers are combined with those of filters and handlers. */
final class HeaderRules {

    private HeaderRules() {}

    /**
     * Adds headers to a response. Links are added to those of a handler that forwarded the request, and {@code Vary} to that of
     * others, because each of them holds.
     *
     * @param keepsCaching whether a {@code Cache-Control} that is already there stays: a filter or a handler may allow a
     *     cache less
     */
    static void add(Map<String, String> headers, ResponseHeaders response, boolean keepsCaching) {
        headers.forEach((name, value) -> {
            if (name.equals("Link") || name.equals("Vary")) {
                if (!response.values(name).contains(value)) {
                    response.add(name, value);
                }
            } else if (!keepsCaching
                    || !name.equals("Cache-Control")
                    || response.values(name).isEmpty()) {
                response.set(name, value);
            }
        });
    }
}
