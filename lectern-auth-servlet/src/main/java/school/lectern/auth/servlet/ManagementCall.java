package school.lectern.auth.servlet;

import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import school.lectern.auth.Actor;

/** A call whose caller is known and entitled. */
record ManagementCall(
        HttpServletRequest request,
        HttpServletResponse response,
        String tenantId,
        String tokenId,
        String requestId,
        Actor actor,
        QueryParameters query,
        ObjectNode body) {}
