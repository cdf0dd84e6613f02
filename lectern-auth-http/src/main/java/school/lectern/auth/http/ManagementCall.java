package school.lectern.auth.http;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.Actor;

/** A call of the management API whose caller is identified and authorized. */
record ManagementCall(
        HttpCall http,
        Exchange exchange,
        String tenantId,
        String tokenId,
        Actor actor,
        QueryParameters query,
        Map<String, @Nullable Object> body) {}
